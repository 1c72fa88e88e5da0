"""Makes cron.txt and zones.txt: `python make_cron.py` in this folder, with croniter installed.

In UTC the times are croniter's. In zones that set their clocks they are found by walking every minute
and asking zoneinfo what the clock shows: a skipped time is due when it is skipped, a doubled one the
first time only, unless the expression is due in every hour."""
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

from croniter import croniter

HERE = Path(__file__).parent
UTC = ["* * * * *", "*/15 * * * *", "0 * * * *", "0 */6 * * *", "0 6 * * *", "0 6 * * 1", "5,10,50-52 3 * * *",
       "30 4 1,15 * 5", "0 0 29 2 *", "0 12 * jan-mar mon-fri", "0 0 31 * *", "7-59/13 1-5/2 * * *", "0 0 * * 7",
       "0 0 * * 0", "23 0-20/2 * * *", "0 22 * * 1-5", "15 14 1 * *", "0 0 13 * 5", "59 23 31 12 *", "0 9 * * fri-sun"]
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Havana", "Africa/Casablanca",
         "Pacific/Auckland", "America/St_Johns", "Europe/Dublin"]
LOCAL = ["30 2 * * *", "0 2 * * *", "30 1 * * *", "*/30 * * * *", "0 * * * *", "15,45 1-3 * * *", "0 6 * * *", "0 0 * * *",
         "10 0 * * 0", "0 */6 * * *"]


def bits(text, low, high):
    out = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = (f"{low}-{high}" if span == "*" else span).partition("-")
        out.update(range(int(first), int(last or (high if step else first)) + 1, int(step or 1)))
    return out


def walk(expression, zone, start, n):
    minute, hour, _, _, weekday = expression.split()
    minutes, hours, days = bits(minute, 0, 59), bits(hour, 0, 23), bits(weekday, 0, 7)
    every = len(hours) == 24
    at, found = start, []

    def fits(t):
        return t.minute in minutes and t.hour in hours and t.isoweekday() % 7 in days

    while len(found) < n:
        at += timedelta(minutes=1)
        now, before = at.astimezone(zone), (at - timedelta(minutes=1)).astimezone(zone)
        jump = int((now.utcoffset() - before.utcoffset()).total_seconds() // 60)
        wall = now.replace(tzinfo=None)
        skipped = [wall - timedelta(minutes=i) for i in range(1, jump + 1)]
        if every:
            due = fits(now)
        else:
            due = (fits(now) and now.fold == 0) or any(fits(t) for t in skipped)
        if due:
            found.append(int(at.timestamp()))
    return found


def main():
    lines = []
    for start in (datetime(2024, 2, 27, 23, 59, tzinfo=timezone.utc), datetime(2026, 11, 21, 17, 14, tzinfo=timezone.utc)):
        for expression in UTC:
            each = croniter(expression, start, ret_type=float)
            lines.append((expression, "UTC", start, [int(each.get_next()) for _ in range(6)]))
    for name in ZONES:
        zone = ZoneInfo(name)
        changes = [t for t in (datetime(2025, 1, 1, tzinfo=timezone.utc) + timedelta(hours=h) for h in range(8800))
                   if t.astimezone(zone).utcoffset() != (t - timedelta(hours=1)).astimezone(zone).utcoffset()]
        for change in changes or [datetime(2025, 3, 30, tzinfo=timezone.utc)]:
            start = change - timedelta(hours=7)
            lines += [(e, name, start, walk(e, zone, start, 8)) for e in LOCAL]
    with (HERE / "cron.txt").open("w") as out:
        for expression, zone, start, times in lines:
            print(expression, zone, int(start.timestamp()), *times, sep="\t", file=out)
    with (HERE / "zones.txt").open("w") as out:
        for name in [*ZONES, "Asia/Tehran", "America/Sao_Paulo", "Pacific/Apia", "America/Asuncion"]:
            for year in (1950, 1987, 2011, 2024, 2026, 2036, 2050, 2099):
                for month in range(1, 13):
                    t = datetime(year, month, 28, 11, tzinfo=timezone.utc)
                    print(name, int(t.timestamp()), int(t.astimezone(ZoneInfo(name)).utcoffset().total_seconds()), file=out)


main()
