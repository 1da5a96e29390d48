import { useEffect } from "react";

/** When this is gone, the focus is again where it was before: for dialogs that are made when they open. */
export function useReturnFocus(): void {
  useEffect(() => {
    const before = document.activeElement;
    return () => {
      // After the dialog has let the focus go.
      if (before instanceof HTMLElement) setTimeout(() => before.isConnected && before.focus({ preventScroll: true }));
    };
  }, []);
}
