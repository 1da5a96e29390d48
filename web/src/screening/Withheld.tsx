import { IconEyeOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

/** What stands where a file was that the server shows to nobody now. */
export function Withheld({ name }: { name: string }) {
  const { t } = useTranslation();
  return <div className="file"><IconEyeOff aria-hidden /><div className="file-text"><div>{name}</div><small>{t("media.withheld")}</small></div></div>;
}
