import { Skeleton, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { request } from "../../api";
import { failureOf } from "../failure";
import type { Box } from "./types";

type Props = { path: string; label: string; boxes?: readonly Box[] };
type Loaded = { url: string; kind: string };

/** A picture, video or recording that only some may see; where in it something was found is framed. */
export function FileView({ path, label, boxes = [] }: Props) {
  const { t } = useTranslation();
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    const stop = new AbortController();
    let url = "";
    request("GET", `/_roomkeeper/v1${path}`, { signal: stop.signal }).then((answer) => answer.blob()).then(
      (blob) => {
        if (stop.signal.aborted) return;
        url = URL.createObjectURL(blob);
        setLoaded({ url, kind: blob.type.split("/")[0] ?? "" });
      },
      (failure: unknown) => !stop.signal.aborted && setError(failure),
    );
    return () => { stop.abort(); if (url) URL.revokeObjectURL(url); };
  }, [path]);
  if (error !== null) return <Text fz="sm" role="alert" c="var(--rk-danger)">{failureOf(error, t)}</Text>;
  if (loaded === null) return <Skeleton h={160} />;
  if (loaded.kind === "audio") return <audio controls src={loaded.url} aria-label={label} className="identify-sound" />;
  if (loaded.kind === "video") return <video controls src={loaded.url} aria-label={label} className="identify-picture" />;
  return (
    <div className="identify-file">
      <img src={loaded.url} alt={label} className="identify-picture" />
      {boxes.map(([left, top, width, height]) => <span key={`${left} ${top} ${width}`} className="identify-box" style={{ left: `${left * 100}%`, top: `${top * 100}%`, width: `${width * 100}%`, height: `${height * 100}%` }} />)}
    </div>
  );
}
