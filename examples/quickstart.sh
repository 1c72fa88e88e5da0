#!/bin/sh
# quickstart.sh - the main job on the bundled sample: nested JSON into a DuckDB file, tables printed
# and queried. Usage: examples/quickstart.sh [path of the sluice program]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
sluice=${1:-$here/../build/sluice}
folder=$(mktemp -d "${TMPDIR:-/tmp}/sluice-quickstart.XXXXXX")
trap 'rm -rf "$folder"' EXIT
cd "$folder"

run() {
  printf '\n$ sluice'
  for word in "$@"; do
    case $word in
      *' '*) printf " '%s'" "$word" ;;
      "$here"/*) printf ' examples/%s' "${word#"$here"/}" ;;
      *) printf ' %s' "$word" ;;
    esac
  done
  printf '\n'
  "$sluice" "$@"
}

run load "$here/data/orders.jsonl" duckdb:warehouse.duckdb --dataset shop --pipelines-dir pipelines
run query warehouse.duckdb 'select order_id, placed_at, customer__address__city as city, channel, paid from shop.orders order by order_id limit 5'
run query warehouse.duckdb 'select o.channel, count(distinct o.order_id) as orders, sum(l.quantity) as items, round(sum(l.quantity * l.unit_price), 2) as revenue from shop.orders o join shop.orders__lines l on l._dlt_parent_id = o._dlt_id group by all order by revenue desc'
