/** An image that cannot be started: the message is one sentence for the user, saying what is wrong and where. */
export class BootError extends Error {
  override readonly name = "BootError";
}
