import { Button } from "@mantine/core";
import { IconMessageQuestion } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";

const AppealDialog = lazy(() => import("./AppealDialog"));

/** A refusal can be answered, once. `find` gives the case that is meant, null where there is none. */
export function Appeal({ find }: { find: () => Promise<string | null> }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button size="compact-sm" mih={{ base: 44, xs: 30 }} variant="light" leftSection={<IconMessageQuestion size={16} />} onClick={() => setOpen(true)}>{t("appeal.ask")}</Button>
      {isOpen && <Suspense><AppealDialog find={find} onClose={() => setOpen(false)} /></Suspense>}
    </>
  );
}
