/** How the model is shown a summary in place of the messages that it stands for. */
export function presentSummary(summary: string): string {
  return `Note: earlier messages of this conversation are not shown any more. What they came to:\n\n${summary}`;
}
