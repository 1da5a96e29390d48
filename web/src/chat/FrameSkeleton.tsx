import { Skeleton } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { TimelineSkeleton } from "../parts/States";

const ROWS = [70, 55, 80, 62, 48, 74, 58];

/** The shape of what comes, while the rooms are on their way. */
export function FrameSkeleton({ banner }: { banner?: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className="frame" aria-busy="true">
      {banner}
      <span className="visually-hidden" role="status">{t("loading")}</span>
      <div className="rail">
        <div className="rail-top"><Skeleton h={44} /></div>
        <div className="rooms">
          {ROWS.map((width) => (
            <div className="room" key={width}>
              <Skeleton circle h={40} w={40} miw={40} />
              <Skeleton h={14} w={`${width}%`} />
            </div>
          ))}
        </div>
      </div>
      <div className="main"><TimelineSkeleton /></div>
    </div>
  );
}
