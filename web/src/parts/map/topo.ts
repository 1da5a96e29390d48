/** TopoJSON as GeoJSON: arcs that neighbours share, put together again. Pure. */
import type { Feature, MultiPolygon, Position } from "geojson";

type Polygonal = { type: "Polygon"; arcs: number[][] } | { type: "MultiPolygon"; arcs: number[][][] } | { type: null };
export type Topology = {
  arcs: [number, number][][];
  transform?: { scale: [number, number]; translate: [number, number] };
  objects: Readonly<Record<string, { type: "GeometryCollection"; geometries: (Polygonal & { properties?: { name?: string } })[] }>>;
};

/** The polygons of one of its objects, by name. */
export function featuresOf(topology: Topology, name: string): Feature<MultiPolygon, { name: string }>[] {
  const arcs = topology.arcs.map((arc) => decoded(arc, topology.transform));
  const ring = (numbers: number[]): Position[] => numbers.flatMap((number, at) => {
    const points = number < 0 ? (arcs[~number] ?? []).toReversed() : (arcs[number] ?? []);
    // The end of an arc is the beginning of the next one.
    return at > 0 ? points.slice(1) : points;
  });
  return (topology.objects[name]?.geometries ?? []).map((geometry) => {
    const polygons = geometry.type === "Polygon" ? [geometry.arcs] : geometry.type === "MultiPolygon" ? geometry.arcs : [];
    return { type: "Feature", properties: { name: geometry.properties?.name ?? "" }, geometry: { type: "MultiPolygon", coordinates: polygons.map((rings) => rings.map(ring)) } };
  });
}

/** Differences between points, in steps of a grid, as points. */
function decoded(arc: readonly [number, number][], transform: Topology["transform"]): Position[] {
  if (!transform) return arc.map((point) => [...point]);
  let [x, y] = [0, 0];
  return arc.map(([right, up]) => {
    x += right;
    y += up;
    return [x * transform.scale[0] + transform.translate[0], y * transform.scale[1] + transform.translate[1]];
  });
}
