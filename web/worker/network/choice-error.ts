/** A network that can not be; the message is a sentence for the visitor. */
export class NetworkChoiceError extends Error {
  override readonly name = "NetworkChoiceError";
}
