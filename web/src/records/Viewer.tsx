import { ActionIcon, Button, Group } from "@mantine/core";
import { IconArrowLeft, IconShare } from "@tabler/icons-react";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Empty, Failed, TimelineSkeleton } from "../parts/States";
import { exact } from "../times";
import { failureOf } from "./failure";
import { Gone } from "./Gates";
import { Minimap } from "./Minimap";
import { People } from "./People";
import { Roll } from "./Roll";
import type { Source } from "./source";
import { Span, type Chosen } from "./Span";
import { Tools } from "./Tools";
import type { Details } from "./types";
import { useEntries } from "./useEntries";
import { useHits } from "./useHits";
import { useTitle } from "./names";

const ShareDialog = lazy(() => import("./ShareDialog"));
type Props = { details: Details; source: Source; start: number | null; onBack: (() => void) | undefined; actions: ReactNode };

/** The conversation as it was, with its chain in the margin. */
export function Viewer({ details, source, start, onBack, actions }: Props) {
  const { t } = useTranslation();
  const [redacted, setRedacted] = useState(false);
  const [sharing, setSharing] = useState<"no" | "dialog" | "span">("no");
  const [chosen, setChosen] = useState<Chosen>({ first: null, last: null });
  const entries = useEntries(source, redacted, start);
  const hits = useHits(source, redacted, entries.jumpTo);
  const title = useTitle(details);
  if (entries.isGone) return <Gone wasThere isLink={source.isLink} onBack={onBack} />;
  const shown = entries.entries;
  const part = [shown?.[0]?.seq ?? 0, shown?.at(-1)?.seq ?? 0] as const;
  return (
    <section className="record" aria-label={t("record.label", { title })}>
      <header className="record-head">
        {onBack && <ActionIcon size={44} variant="subtle" color="gray" aria-label={t("record.back")} onClick={onBack}><IconArrowLeft size={20} /></ActionIcon>}
        <div className="head-text">
          <h1>{title}</h1>
          <p><About details={details} last={entries.last} /></p>
        </div>
        <Group gap="xs" className="record-actions">
          {details.may_share && <Button h={44} variant="default" leftSection={<IconShare size={18} />} onClick={() => setSharing("dialog")}>{t("record.share.open")}</Button>}
          {actions}
        </Group>
      </header>
      {details.looks && <p className="record-note" role="note">{t(details.by === "link" ? "record.lookLink" : "record.look")}</p>}
      <Tools hits={hits} entries={entries} source={source} mayRedacted={details.may_see_redacted} redacted={redacted} onRedacted={setRedacted} />
      {entries.error !== null && shown === null && <Failed text={`${failureOf(entries.error, t)} ${t("record.failed.safe")}`} onRetry={entries.retry} />}
      {shown === null && entries.error === null && <TimelineSkeleton />}
      {shown !== null && shown.length === 0 && <Empty title={t("record.emptyTitle")} text={t("record.emptyText")} />}
      {shown !== null && shown.length > 0 && (
        <div className="record-body">
          <Roll details={details} source={source} entries={entries} hits={hits} span={sharing === "span" ? { chosen, onChosen: setChosen } : null} />
          {(hits.hits?.length ?? 0) > 0 && <Minimap hits={hits.hits ?? []} first={entries.first} last={entries.last} shown={part} current={hits.current} onGo={hits.goTo} />}
        </div>
      )}
      {sharing === "span" && <Span chosen={chosen} onDone={() => setSharing("dialog")} onStop={() => { setChosen({ first: null, last: null }); setSharing("dialog"); }} />}
      {sharing !== "no" && details.record && (
        <Suspense>
          <ShareDialog
            opened={sharing === "dialog"} recordId={details.record.record_id} departments={details.departments} chosen={chosen} onChoose={() => setSharing("span")}
            onClose={() => { setSharing("no"); setChosen({ first: null, last: null }); }}
          />
        </Suspense>
      )}
    </section>
  );
}

/** How much there is, of where, and whether the customer agreed. */
function About({ details, last }: { details: Details; last: number }) {
  const { t } = useTranslation();
  const { record } = details;
  const isPart = details.first_seq > 1 || details.last_seq !== null;
  const parts = [
    details.program !== "roomkeeper" && t("record.about.program", { program: details.program }),
    isPart ? t("record.about.part", { first: details.first_seq, last: details.last_seq ?? last }) : t("record.about.entries", { count: last }),
    details.consent !== "none" && t(`record.consent.${details.consent}`),
    record?.withheld ? t("record.about.withheld", { count: record.withheld }) : "",
    record?.erased ? t("record.about.erased", { count: record.erased }) : "",
    details.on_hold && t("record.about.hold"),
    details.expires_ts !== null && t("record.about.until", { time: exact(details.expires_ts) }),
  ];
  return <><People details={details} /> · {parts.filter(Boolean).join(" · ")}</>;
}
