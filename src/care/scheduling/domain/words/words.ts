/** What scheduling says in the chat. A reply promises only what the EHR has been seen to do. */
export interface Words {
  /** The EHR holds the confirmation. */
  confirmed: string;
  /** The EHR holds the cancellation. */
  cancelled: string;
  /** The hospital has the patient down as arrived: nothing is changed, and only a call can help. */
  arrived: string;
  /** Staff have the confirmation. */
  confirmationPassed: string;
  /** Staff have the cancellation; the visit still stands. */
  cancellationPassed: string;
  /** The button does nothing any more. */
  buttonInvalid: string;
  /** The same, and when the visit is now. */
  buttonMoved: (when: string) => string;
  /** This button has been tapped before. */
  alreadyAnswered: string;
}
