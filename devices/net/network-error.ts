/** What a switch, a link or a network can not be or do: one sentence for the user. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";
}
