"""Airports by state, from a table; Seattle's rain, from the file that was dropped."""

import csv
from collections import Counter, defaultdict
from pathlib import Path

import humanize
from keboola.component import CommonInterface

interface = CommonInterface()
parameters = interface.configuration.parameters
top = parameters.get("top", 10)


def airports_by_state() -> dict[str, list[dict]]:
    table = interface.get_input_table_definition_by_name("airports.csv")
    print(f"Reading {table.name} ({humanize.naturalsize(Path(table.full_path).stat().st_size)})")
    states = defaultdict(list)
    with open(table.full_path, newline="", encoding="utf-8") as source:
        for airport in csv.DictReader(source):
            states[airport["state"]].append(airport)
    return states


def write_airports(states: dict[str, list[dict]]) -> None:
    columns = ["state", "airports", "northernmost"]
    table = interface.create_out_table_definition(
        "airports_by_state.csv",
        destination="out.c-demo.airports_by_state",
        schema=columns,
        primary_key=["state"],
        incremental=False,
        has_header=True,
    )
    ranking = sorted(states.items(), key=lambda item: (-len(item[1]), item[0]))
    with open(table.full_path, "w", newline="", encoding="utf-8") as target:
        writer = csv.writer(target)
        writer.writerow(columns)
        for state, airports in ranking:
            northernmost = max(airports, key=lambda airport: float(airport["latitude"]))
            writer.writerow([state, len(airports), northernmost["name"]])
    interface.write_manifest(table)
    for state, airports in ranking[:top]:
        print(f"  {state}  {humanize.intcomma(len(airports)):>5}")
    print(f"Wrote {len(ranking)} states to {table.name}")


def write_rain() -> None:
    files = interface.get_input_files_definitions(only_latest_files=True)
    weather = next((file for file in files if "weather" in file.name), None)
    if weather is None:
        print("No weather file yet: drop seattle-weather.csv on the panel's Files tab.")
        return
    rain, days, kinds = Counter(), Counter(), defaultdict(Counter)
    with open(weather.full_path, newline="", encoding="utf-8") as source:
        for day in csv.DictReader(source):
            year = day["date"][:4]
            rain[year] += float(day["precipitation"])
            days[year] += 1
            kinds[year][day["weather"]] += 1
    table = interface.create_out_table_definition("seattle_rain.csv", primary_key=["year"])
    with open(table.full_path, "w", newline="", encoding="utf-8") as target:
        writer = csv.writer(target)
        writer.writerow(["year", "days", "precipitation_mm", "rainy_days"])
        for year in sorted(rain):
            rainy = kinds[year]["rain"] + kinds[year]["drizzle"]
            writer.writerow([year, days[year], round(rain[year], 1), rainy])
            print(f"  {year}  {rain[year]:7.1f} mm in {days[year]} days")
    interface.write_manifest(table)
    print(f"Wrote {len(rain)} years to {table.name}")


write_airports(airports_by_state())
write_rain()
