/** Whoever shows somebody's name or face can open who that is. */
import { createContext, useContext } from "react";

export type ShowProfile = (userId: string, roomId?: string) => void;

export const ShowProfileContext = createContext<ShowProfile>(() => {});

export function useShowProfile(): ShowProfile {
  return useContext(ShowProfileContext);
}
