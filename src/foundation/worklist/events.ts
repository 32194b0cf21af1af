/** Something waits for a person. Ids: work item ids. */
export const WorkItemRaised = 'worklist.raised';

/** A person, or the system, has dealt with it. Ids: work item ids. */
export const WorkItemResolved = 'worklist.resolved';
