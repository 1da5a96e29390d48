import { useComputedColorScheme } from "@mantine/core";
import { useReducedMotion } from "@mantine/hooks";
import { useEffect, useRef } from "react";
import { init } from "./echarts";
import { type Draw, lookOf } from "./options";

/** The drawing of a chart. What it shows stands beside it as a table. */
export default function Canvas({ label, draw, points, height }: { label: string; draw: Draw; points: number; height?: number }) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<ReturnType<typeof init> | null>(null);
  const scheme = useComputedColorScheme("light");
  const isMotionless = useReducedMotion();
  useEffect(() => {
    const element = place.current!;
    const made = (chart.current = init(element, null, { renderer: "canvas" }));
    const follow = new ResizeObserver(() => made.resize());
    follow.observe(element);
    return () => {
      follow.disconnect();
      made.dispose();
    };
  }, []);
  useEffect(() => {
    // The page's colours change in the frame after the scheme does.
    const frame = requestAnimationFrame(() => {
      chart.current?.setOption(draw(lookOf(place.current!), isMotionless), { notMerge: true });
      place.current!.dataset["points"] = String(points);
    });
    return () => cancelAnimationFrame(frame);
  }, [draw, points, scheme, isMotionless]);
  return <div className="chart-canvas" {...(height ? { style: { height } } : {})} ref={place} role="img" aria-label={label} />;
}
