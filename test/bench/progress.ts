/** Says what is going on, apart from the result. On a terminal, a line that ends in … is replaced by the next one. */
export function progress(text: string): void {
  const end = process.stderr.isTTY && text.endsWith('…') ? '\r' : '\n';
  process.stderr.write(`${process.stderr.isTTY ? '\u001B[K' : ''}${text}${end}`);
}
