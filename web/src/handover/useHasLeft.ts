import { useEffect, useState } from "react";
import { useClient } from "../hooks";
import { hasLeft } from "./succession";

/** Whether somebody's profile says that they have left; `null` is nobody. */
export function useHasLeft(userId: string | null): boolean {
  const client = useClient();
  const [found, setFound] = useState(false);
  useEffect(() => {
    setFound(false);
    if (userId === null) return undefined;
    let isOver = false;
    hasLeft(client, userId).then((is) => !isOver && setFound(is), () => {});
    return () => {
      isOver = true;
    };
  }, [client, userId]);
  return found;
}
