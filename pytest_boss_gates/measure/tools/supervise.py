"""A program of its own that runs one tool: it outlives neither its time limit nor its parent.

    python supervise.py LOG SECONDS BYTES COMMAND...

The tool's output goes to LOG, no more than BYTES of it. When standard input ends, as it does when
the parent dies in whatever way, the tool and all it started are killed. One line on standard
output tells how it ended: ``exited STATUS SECONDS``, ``late``, or ``unfound REASON``. A process
apart, because a watching thread in the user's tests would make each of their forks a warning.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

_CHUNK = 65_536
_LAST_WORDS = 1.0  # seconds for what a finished tool wrote; who inherited its output may go on


def main(arguments: list[str]) -> int:
    """Run the tool to its end, and tell how it ended."""
    log, seconds, most, *command = arguments
    started = time.monotonic()
    try:
        tool = _start(command)
    except (OSError, ValueError) as error:
        print("unfound", " ".join(str(error).split()))  # noqa: T201 - that is how it tells
        return 0
    late = threading.Event()

    def expire() -> None:
        late.set()
        kill(tool)

    timer = threading.Timer(float(seconds), expire)
    timer.daemon = True
    timer.start()
    threading.Thread(target=_kill_when_left, args=(tool,), daemon=True).start()
    reader = threading.Thread(target=_keep, args=(tool, log, int(most)), daemon=True)
    reader.start()
    status = tool.wait()
    took = time.monotonic() - started
    timer.cancel()
    reader.join(_LAST_WORDS)
    kill(tool)  # what it left running
    reader.join(_LAST_WORDS)
    print("late" if late.is_set() else f"exited {status} {took:.3f}", flush=True)  # noqa: T201
    return 0


def kill(tool: subprocess.Popen[bytes]) -> None:
    """Kill a tool and its group; that it is gone already is no error."""
    with suppress(OSError):
        if sys.platform == "win32":
            subprocess.run(  # noqa: S603 - fixed words and a number
                ["taskkill", "/F", "/T", "/PID", str(tool.pid)],  # noqa: S607 - Windows' own
                capture_output=True,
                check=False,
            )
        else:
            os.killpg(tool.pid, signal.SIGKILL)


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - the project's own settings name it
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _kill_when_left(tool: subprocess.Popen[bytes]) -> None:
    """Wait for the end of standard input: the parent is through with us, or dead."""
    with suppress(OSError):
        while os.read(0, _CHUNK):
            pass
    kill(tool)


def _keep(tool: subprocess.Popen[bytes], log: str, most: int) -> None:
    """Write the output to the log as far as there is room, and drop the rest."""
    dropped = 0
    output = tool.stdout
    if output is None:
        return
    with open(log, "wb", buffering=0) as file:
        while chunk := os.read(output.fileno(), _CHUNK):
            with suppress(OSError):  # a full disk must not stop the tool at a full pipe
                file.write(chunk[:most])
            dropped += max(0, len(chunk) - most)
            most = max(0, most - len(chunk))
        if dropped:
            file.write(f"\n[{dropped} more bytes are left out]\n".encode())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
