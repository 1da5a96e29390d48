import { ActionIcon, Drawer } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconMenu2, IconSearch } from "@tabler/icons-react";
import { Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "./me";
import { JobsTray } from "./operations/jobs/JobsTray";
import { PAGES } from "./pages";
import { Boundary } from "./parts/Boundary";
import { ConsoleJump } from "./parts/ConsoleJump";
import { NotAllowed } from "./parts/NotAllowed";
import { PageSkeleton } from "./parts/PageSkeleton";
import { Rail } from "./parts/Rail";
import { WhoMenu } from "./parts/WhoMenu";
import { useRoute } from "./route";

const IS_MAC = /Mac|iPhone|iPad/.test(navigator.platform);

/** The rail on the left (on a phone in a drawer), who is here above, the page beside. */
export function ConsoleFrame() {
  const { t } = useTranslation();
  const { page } = useRoute();
  const [isJumping, setJumping] = useState(false);
  const [isRailOpen, setRailOpen] = useState(false);
  useHotkeys([["mod+K", () => setJumping(true)]], []);
  useEffect(() => setRailOpen(false), [page]);
  return (
    <div className="console">
      <a className="skip" href="#console-page" onClick={skip}>{t("console.skip")}</a>
      <header className="console-head">
        <ActionIcon className="only-narrow" size={44} variant="subtle" color="gray" aria-label={t("console.menu")} onClick={() => setRailOpen(true)}>
          <IconMenu2 size={22} />
        </ActionIcon>
        <span className="console-brand">Roomkeeper</span>
        <button type="button" className="jump" onClick={() => setJumping(true)}>
          <IconSearch size={18} aria-hidden />
          <span className="jump-words">{t("jump.short")}</span>
          <kbd aria-hidden>{IS_MAC ? "⌘K" : "Ctrl K"}</kbd>
        </button>
        <JobsTray />
        <WhoMenu />
      </header>
      <nav className="console-rail" aria-label={t("console.pagesLabel")}><Rail /></nav>
      <Drawer opened={isRailOpen} onClose={() => setRailOpen(false)} size={280} title="Roomkeeper" closeButtonProps={{ "aria-label": t("close") }}>
        <nav aria-label={t("console.pagesLabel")}><Rail onGone={() => setRailOpen(false)} /></nav>
      </Drawer>
      <main className="console-main" id="console-page" tabIndex={-1}>
        <CurrentPage />
      </main>
      <ConsoleJump opened={isJumping} onClose={() => setJumping(false)} />
    </div>
  );
}

/** The hash is the address of the page: skipping must not change it. */
function skip(event: { preventDefault: () => void }): void {
  event.preventDefault();
  document.getElementById("console-page")?.focus();
}

function CurrentPage() {
  const { t } = useTranslation();
  const me = useMe();
  const { page: asked } = useRoute();
  const id = asked || PAGES.find((page) => me.pages.some((seen) => seen.id === page.id))?.id || "";
  const page = PAGES.find((one) => one.id === id);
  useEffect(() => {
    document.title = page === undefined ? t("console.title") : `${t(page.title)} · ${t("console.title")}`;
  }, [page, t]);
  if (page === undefined || !me.pages.some((seen) => seen.id === id)) return <NotAllowed page={page} />;
  const Page = page.component;
  return (
    <Boundary key={id}>
      <Suspense fallback={<PageSkeleton />}><Page /></Suspense>
    </Boundary>
  );
}
