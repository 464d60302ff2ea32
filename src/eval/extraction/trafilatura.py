import json, logging, sys, time

from trafilatura import extract, extract_metadata

logging.disable(logging.CRITICAL)
pages = json.load(sys.stdin)
before = time.process_time()
read = []
for page in pages:
    with open(page["file"], "rb") as file:
        body = file.read()
    url = page["url"] if page["url"].startswith("http") else None
    try:
        text = extract(body, url=url, include_comments=False, include_tables=True)
        found = extract_metadata(body, default_url=url)
    except Exception:
        text, found = None, None
    read.append({
        "text": text or "",
        "title": found and found.title or "",
        "author": (found and found.author or "").replace(";", ","),
        "day": found and found.date or "",
    })
json.dump({"pages": read, "cpu_seconds": time.process_time() - before}, sys.stdout)
