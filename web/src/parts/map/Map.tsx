import { Skeleton } from "@mantine/core";
import { lazy, Suspense } from "react";
import type { MapProps } from "./types";
import "./map.css";

const MapView = lazy(() => import("./MapView"));

/** A map; the library that draws it is loaded when there is one to see. */
export function Map(props: MapProps) {
  return <Suspense fallback={<Skeleton className="map" />}><MapView {...props} /></Suspense>;
}
