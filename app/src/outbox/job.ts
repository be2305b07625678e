/** Work that is done after the answer, by the worker. Payloads hold ids only: personal data stays in its own table. */
export type Job =
  /** The verification mail, under the name that the release before knows. */
  | { readonly name: 'welcome-mail'; readonly payload: { readonly userId: string } }
  | { readonly name: 'password-reset'; readonly payload: { readonly userId: string } }
  | { readonly name: 'reminder'; readonly payload: { readonly todoId: string; readonly userId: string } }
  | { readonly name: 'todo-completed'; readonly payload: { readonly todoId: string; readonly userId: string } }
  | {
      readonly name: 'webhook-disabled';
      readonly payload: { readonly userId: string; readonly reason: 'gone' | 'failing' };
    };

export type JobName = Job['name'];
