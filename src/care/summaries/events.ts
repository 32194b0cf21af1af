/** The EHR holds the summary, read back. Ids: summary ids. */
export const SummaryWritten = 'summaries.written';
