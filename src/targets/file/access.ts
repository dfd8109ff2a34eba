import { z } from "zod";

/** What every target that writes files of its own lets the configuration say of who may read one. */
export const fileAccess = {
  mode: z
    .string()
    .regex(/^0?[0-7]{3}$/, 'must be an octal mode such as "0400", in quotes')
    .default("0400"),
  owner: z
    .string()
    .regex(/^[^\s:]+(:[^\s:]+)?$/, 'must be "user", "user:group" or numbers')
    .optional(),
};
