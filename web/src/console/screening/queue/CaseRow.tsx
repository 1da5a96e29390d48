import { Badge } from "@mantine/core";
import { IconFile, IconMessage, IconMicrophone, IconMovie, IconPhoto } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Ago } from "../../parts/Ago";
import { hrefOf, useRoute } from "../../route";
import type { Case, NamedCase } from "../types";
import { labelWords } from "../words";

/** A case in the queue. */
export function CaseRow({ one, isOpen }: { one: NamedCase; isOpen: boolean }) {
  const { t } = useTranslation();
  const { query } = useRoute();
  const Icon = iconOf(one);
  const about = one.text || one.media?.[0]?.file_name || "";
  return (
    <a className="queue-row" href={hrefOf("screening", one.case_id, query)} aria-current={isOpen ? "true" : undefined}>
      <Icon size={22} aria-hidden />
      <span className="queue-row-words">
        <span className="queue-row-head"><b>{one.by}</b><small className="soft"><Ago ts={one.state === "waiting" ? one.updated_ts : one.created_ts} /></small></span>
        {about && <span className="queue-row-text">{about}</span>}
        <span className="queue-row-marks">
          {one.appealed_ts !== undefined && <Badge className="tone" data-tone="warn" tt="none">{t("screening.queue.appeal")}</Badge>}
          {one.state !== "waiting" && <CaseState one={one} />}
          <small className="soft">{(one.labels ?? []).map((label) => labelWords(label, t)).join(", ")}</small>
        </span>
      </span>
    </a>
  );
}

export function CaseState({ one }: { one: Case }) {
  const { t } = useTranslation();
  const tone = { waiting: "warn", checking: "quiet", approved: "good", refused: "quiet", blocked: "quiet" }[one.state];
  return <Badge className="tone" data-tone={tone} tt="none">{t(`screening.state.${one.state}`)}</Badge>;
}

function iconOf(one: Case): typeof IconFile {
  const family = one.media?.[0]?.content_type?.split("/")[0];
  if (one.media === undefined || one.media.length === 0) return IconMessage;
  return family === "image" ? IconPhoto : family === "video" ? IconMovie : family === "audio" ? IconMicrophone : IconFile;
}
