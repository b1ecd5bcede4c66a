"""The asynchronous client of the PyPI package `e2b`, where it has code of its own."""

import asyncio

from e2b import AsyncSandbox


def test_the_async_client_streams_and_connects():
    async def case():
        made = await AsyncSandbox.create("base", timeout=60)
        try:
            texts = []
            result = await made.commands.run("echo a; sleep 0.2; echo b", on_stdout=texts.append)
            events = []
            watch = await made.files.watch_dir("/home/user", events.append)
            await made.files.write("seen", "1")
            for _ in range(40):
                if events:
                    break
                await asyncio.sleep(0.05)
            await watch.stop()
            return texts, result.exit_code, [event.name for event in events]
        finally:
            await made.kill()

    texts, code, names = asyncio.run(case())
    assert texts == ["a\n", "b\n"]
    assert code == 0
    assert "seen" in names
