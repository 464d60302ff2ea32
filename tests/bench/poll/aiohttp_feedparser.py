"""The baseline in Python: aiohttp with validators and 16 requests at a time, feedparser on what changed."""

import asyncio
import resource
import sys
import time

import aiohttp
import feedparser

AT_A_TIME = 16


async def once(address, sources, hosts, tags):
    todo = iter(range(sources))

    async def worker(session):
        for n in todo:
            headers = {"Host": f"h{n % hosts}.example"}
            if n in tags:
                headers["If-None-Match"] = tags[n]
            async with session.get(f"http://{address}/{n}.xml", headers=headers) as answer:
                body = await answer.read()
                if answer.status == 200:
                    feedparser.parse(body)
                    tags[n] = answer.headers["ETag"]

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_A_TIME)) as session:
        await asyncio.gather(*(worker(session) for _ in range(AT_A_TIME)))


def main():
    address, sources, hosts = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    tags = {}
    asyncio.run(once(address, sources, hosts, tags))
    cpu, wall = time.process_time(), time.monotonic()
    asyncio.run(once(address, sources, hosts, tags))
    wall = time.monotonic() - wall
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(wall, time.process_time() - cpu, rss, wall)


main()
