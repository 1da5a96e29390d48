import { Button, Group, Loader, Modal, Text, UnstyledButton } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconDownload, IconEye, IconEyeOff, IconMaximize } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { fileSize } from "../../../times";
import { track } from "../../../track";
import { failureWords } from "../../failures";
import type { Case, CaseMedium, Reason } from "../types";
import { labelWords } from "../words";
import { familyOf, useFile } from "./files";
import { clockOf } from "./Reasons";

/** The files of a case, each hidden until somebody wants to see it. */
export function Media({ one }: { one: Case }) {
  return <>{(one.media ?? []).map((medium, index) => <OneFile key={medium.media_id} caseId={one.case_id} medium={medium} isFirst={index === 0} reasons={(one.reasons ?? []).filter((reason) => reason.media_id === medium.media_id)} />)}</>;
}

type Props = { caseId: string; medium: CaseMedium; isFirst: boolean; reasons: readonly Reason[] };

function OneFile({ caseId, medium, isFirst, reasons }: Props) {
  const { t } = useTranslation();
  const [isSeen, setSeen] = useState(false);
  const [isLarge, setLarge] = useState(false);
  const family = familyOf(medium);
  // Pictures come at once, blurred; what is played or kept comes when it is wanted.
  const { url, error } = useFile(caseId, medium, family === "image" || isSeen);
  const player = useRef<HTMLVideoElement & HTMLAudioElement>(null);
  const reveal = (): void => {
    if (!isSeen) track("screening_reveal", { kind: family });
    setSeen(!isSeen);
  };
  const expand = (): void => {
    setSeen(true);
    if (family === "image" && url !== null) setLarge(!isLarge);
  };
  useHotkeys(isFirst ? [["E", expand]] : []);
  const spans = reasons.filter((reason) => reason.span !== undefined);
  const name = medium.file_name || t("screening.file.unnamed");
  return (
    <section className="case-file" aria-label={name}>
      <div className="preview" data-family={family} data-seen={isSeen || undefined}>
        {error !== null && <Text fz="sm" p="md">{failureWords(error, t)}</Text>}
        {error === null && url === null && (family === "image" || isSeen) && <Loader aria-label={t("loading")} />}
        {url !== null && family === "image" && <Picture url={url} name={name} reasons={isSeen ? reasons : []} />}
        {url !== null && isSeen && family === "video" && <video ref={player} src={url} controls />}
        {url !== null && isSeen && family === "audio" && <audio ref={player} src={url} controls />}
        {!isSeen && <UnstyledButton className="preview-cover" onClick={reveal}><IconEye size={28} aria-hidden /><span>{t(`screening.file.show.${family}`)}</span></UnstyledButton>}
      </div>
      <Group gap="sm" justify="space-between">
        <Text fz="sm" className="break">{name} <span className="soft">{medium.content_type} · {fileSize(medium.size ?? 0)}</span></Text>
        <Group gap="sm">
          {isSeen && <Button variant="default" h={44} leftSection={<IconEyeOff size={18} />} onClick={reveal}>{t("screening.file.hide")}</Button>}
          {family === "image" && url !== null && <Button variant="default" h={44} leftSection={<IconMaximize size={18} />} onClick={expand}>{t("screening.file.large")}</Button>}
          {isSeen && url !== null && family === "other" && <Button component="a" variant="default" h={44} href={url} download={name} leftSection={<IconDownload size={18} />}>{t("screening.file.keep")}</Button>}
        </Group>
      </Group>
      {isSeen && spans.length > 0 && (
        <Group gap="sm">
          {spans.map((reason, index) => (
            <Button key={index} variant="light" h={44} onClick={() => { if (player.current) { player.current.currentTime = reason.span!.start; void player.current.play(); } }}>
              {clockOf(reason.span!.start)}–{clockOf(reason.span!.end)} {labelWords(reason.label ?? reason.source, t)}
            </Button>
          ))}
        </Group>
      )}
      <Modal opened={isLarge} onClose={() => setLarge(false)} size="auto" title={name} closeButtonProps={{ "aria-label": t("close"), size: 44 }}>
        {url !== null && <Picture url={url} name={name} reasons={reasons} />}
      </Modal>
    </section>
  );
}

const LABEL_PART = 0.08;

/** Where a box's label stands: where it covers nothing of what is in the box, as far as there is room. */
function placeOfLabel(box: NonNullable<Reason["box"]>): "above" | "below" | "inside" {
  if (box.y >= LABEL_PART) return "above";
  return box.y + box.height <= 1 - LABEL_PART ? "below" : "inside";
}

/** A picture, with boxes around what was seen in it. */
function Picture({ url, name, reasons }: { url: string; name: string; reasons: readonly Reason[] }) {
  const { t } = useTranslation();
  const percent = (part: number): string => `${100 * part}%`;
  return (
    <span className="picture">
      <img src={url} alt={t("screening.file.picture", { name })} />
      {reasons.map(({ box, label, source }, index) => box && (
        <span key={index} className="picture-box" data-label={placeOfLabel(box)} style={{ left: percent(box.x), top: percent(box.y), width: percent(box.width), height: percent(box.height) }}><small>{labelWords(label || source, t)}</small></span>
      ))}
    </span>
  );
}
