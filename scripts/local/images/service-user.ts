/** The user that services other than the app run as; 999 is what the official Postgres image uses too. */
export const serviceUserId = 999;
