/** How a sentence on a change ends. @param unverified why what runs was not verified; absent: it was */
export function verified(unverified: string | undefined): string {
  return unverified === undefined ? 'verified' : `not verified, because ${unverified}`;
}
