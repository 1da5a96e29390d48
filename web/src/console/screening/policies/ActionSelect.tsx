import { Select } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { type Action, ACTIONS } from "../types";

type Props = { label: string; description?: string; open: string; value: Action | undefined; onChange: (action: Action | undefined) => void };

/** Allow, review, block, or as it is said elsewhere (`open`: how that is called). */
export function ActionSelect({ label, description, open, value, onChange }: Props) {
  const { t } = useTranslation();
  return (
    <Select
      size="md" label={label} description={description} allowDeselect={false} value={value ?? ""} data={[{ value: "", label: open }, ...ACTIONS.map((action) => ({ value: action, label: t(`screening.action.${action}`) }))]}
      onChange={(chosen) => onChange(ACTIONS.find((action) => action === chosen))}
    />
  );
}
