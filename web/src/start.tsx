/** Shows a page: its language, its theme, and the nonce that the policy of the page asks of styles. */
import { MantineProvider } from "@mantine/core";
import { type ReactNode, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { startLanguage } from "./i18n";
import { theme } from "./theme";

export async function start(page: ReactNode): Promise<void> {
  const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
  // Libraries that write style elements at run time look here for the nonce that the policy of the page allows.
  Object.assign(globalThis, { __webpack_nonce__: nonce });
  await startLanguage();
  createRoot(document.getElementById("root")!).render(
    <StrictMode>
      <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
        {page}
      </MantineProvider>
    </StrictMode>,
  );
}
