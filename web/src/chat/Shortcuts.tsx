import { Kbd, Modal, Table } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useReturnFocus } from "../parts/useReturnFocus";

const IS_MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const MOD = IS_MAC ? "⌘" : "Ctrl";
const KEYS: readonly (readonly [string, readonly string[]])[] = [
  ["jump", [MOD, "K"]],
  ["rooms", ["↑", "↓"]],
  ["messages", ["↑", "↓"]],
  ["send", ["Enter"]],
  ["line", ["Shift", "Enter"]],
  ["mention", ["@"]],
  ["back", ["Esc"]],
  ["help", ["?"]],
];

/** All keys of the chat. */
export default function Shortcuts({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  useReturnFocus();
  return (
    <Modal opened onClose={onClose} title={t("keys.title")} closeButtonProps={{ "aria-label": t("close") }}>
      <Table>
        <Table.Tbody>
          {KEYS.map(([name, keys]) => (
            <Table.Tr key={name}>
              <Table.Th scope="row" fw={400}>{t(`keys.${name}`)}</Table.Th>
              <Table.Td ta="right">{keys.map((key) => <Kbd key={key} ml={4}>{key}</Kbd>)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
