/** The tokens of the look, as Mantine takes them; `theme.css` has those that are our own. */
import { createTheme, type MantineColorsTuple } from "@mantine/core";

const accent: MantineColorsTuple = [
  "#e7f2fc", "#cfe2f5", "#9fc4ea", "#6ba4df", "#4189d5", "#2878cf", "#1864ab", "#135699", "#0f4a85", "#0a3c6d",
];

export const theme = createTheme({
  colors: { accent },
  primaryColor: "accent",
  primaryShade: { light: 6, dark: 6 },
  autoContrast: true,
  defaultRadius: 8,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif',
  fontSizes: { xs: "12px", sm: "14px", md: "16px", lg: "20px", xl: "28px" },
  spacing: { xs: "4px", sm: "8px", md: "12px", lg: "16px", xl: "24px" },
  respectReducedMotion: true,
  cursorType: "pointer",
});

/** Milliseconds that a toast and the like stay. */
export const STAY_MS = 5000;
