"""The users of one mount: they write, tail, read and follow by cursors, and say what they saw.

load.py MOUNT NAME TAILS CURSORS TOPIC...

CURSORS is what the topics begin with that are followed by cursors, too.

Each operation is one line: what, partition, begin and end in seconds of the monotonic clock, ok or the error, and more.
"stop" on standard input ends all but the tails; its end ends everything.
"""
import errno
import hashlib
import os
import sys
import threading
import time

WRITE_PAUSE, READ_PAUSE, ERROR_PAUSE, POLL_PAUSE, LONGEST_READ = 0.025, 0.05, 0.05, 0.2, 1
CHUNK = 1 << 16

# The mount is not there: what was open is to be opened again.
GONE = {errno.ENOTCONN, errno.ENODEV, errno.ECONNABORTED, errno.ENOENT, errno.EBADF, errno.ESTALE, errno.ENOTDIR}

mount, name, tails, cursors = sys.argv[1:5]
topics = sys.argv[5:]
stopping = threading.Event()
speaking = threading.Lock()


def say(*words):
    with speaking:
        sys.stdout.write(" ".join(str(word) for word in words) + "\n")
        sys.stdout.flush()


def failed(what, partition, began, error, *more):
    say(what, partition, began, time.monotonic(), errno.errorcode.get(error.errno, error.errno), *more)


def close(fd):
    try:
        if fd is not None:
            os.close(fd)
    except OSError:
        pass


def partitions_of(topic):
    while not stopping.is_set():
        try:
            found = sorted(entry for entry in os.listdir(os.path.join(mount, topic)) if entry.isdigit())
            if found:
                return [f"{topic}/{entry}" for entry in found]
        except OSError:
            pass
        stopping.wait(ERROR_PAUSE)
    return []


def write(topic, partitions):
    handles, number = {}, 0
    while not stopping.is_set():
        for partition in partitions:
            number += 1
            began, opened = time.monotonic(), False
            try:
                if partition not in handles:
                    handles[partition] = os.open(os.path.join(mount, partition), os.O_WRONLY | os.O_APPEND)
                opened = True
                os.write(handles[partition], f"{name} {number}\n".encode())
                say("W", partition, began, time.monotonic(), "ok", number)
            except OSError as error:
                failed("W" if opened else "O", partition, began, error, number)
                if error.errno in GONE:
                    close(handles.pop(partition, None))
                time.sleep(ERROR_PAUSE)
            time.sleep(WRITE_PAUSE)
            if stopping.is_set():
                break
    for partition, fd in handles.items():
        began = time.monotonic()
        try:
            os.close(fd)
            say("X", partition, began, time.monotonic(), "ok")
        except OSError as error:
            failed("X", partition, began, error)


def tail(partition):
    topic, number = os.path.split(partition)
    out = os.open(os.path.join(tails, partition.replace("/", "-")), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    fd, position = None, 0
    while True:
        began = time.monotonic()
        try:
            if fd is None:
                fd = os.open(os.path.join(mount, topic, ".follow", number), os.O_RDONLY)
                os.lseek(fd, position, os.SEEK_SET)
            data = os.read(fd, CHUNK)
            os.write(out, data)
            position += len(data)
            say("T", partition, began, time.monotonic(), "ok" if data else "END", position)
            if not data:
                time.sleep(ERROR_PAUSE)
        except OSError as error:
            failed("T", partition, began, error, position)
            if error.errno in GONE:
                close(fd)
                fd = None
            time.sleep(ERROR_PAUSE)


def read(topic, partitions):
    while not stopping.is_set():
        for partition in partitions:
            path = os.path.join(mount, partition)
            began = time.monotonic()
            try:
                size = os.stat(path).st_size
                say("S", partition, began, time.monotonic(), "ok", size)
            except OSError as error:
                failed("S", partition, began, error)
            began = time.monotonic()
            fd = None
            try:
                fd = os.open(path, os.O_RDONLY)
                data, more = b"", b""
                # Over a long line, or on a busy machine, a file may grow as fast as it is read.
                opened = time.monotonic()
                while time.monotonic() - opened < LONGEST_READ:
                    more = os.read(fd, CHUNK)
                    if not more:
                        break
                    data += more
                ended = time.monotonic()
                say("C", partition, began, ended, "ok", len(data), os.fstat(fd).st_size, hashlib.sha1(data).hexdigest(), "part" if more else "whole")
            except OSError as error:
                failed("C", partition, began, error)
                time.sleep(ERROR_PAUSE)
            close(fd)
            time.sleep(READ_PAUSE)
            if stopping.is_set():
                return


def poll(partition):
    path, fd, position = os.path.join(mount, partition), None, 0
    digest = hashlib.sha1()
    while not stopping.is_set():
        began = time.monotonic()
        try:
            if fd is None:
                fd = os.open(path, os.O_RDONLY)
            size = os.fstat(fd).st_size
            say("S", partition, began, time.monotonic(), "ok", size)
            began = time.monotonic()
            data = os.pread(fd, CHUNK, position)
            position += len(data)
            digest.update(data)
            say("P", partition, began, time.monotonic(), "ok", position, size, digest.hexdigest())
        except OSError as error:
            failed("P", partition, began, error, position)
            if error.errno in GONE:
                close(fd)
                fd = None
        stopping.wait(POLL_PAUSE)
    close(fd)


def follow_by_cursor(partition):
    topic, number = os.path.split(partition)
    directory = os.path.join(mount, topic, ".cursors", name)
    fd, isMade, rest = None, False, ""
    while not stopping.is_set():
        began = time.monotonic()
        try:
            if not isMade:
                os.makedirs(directory, exist_ok=True)
                isMade = True
            if fd is None:
                fd = os.open(os.path.join(directory, number), os.O_RDONLY)
                say("B", partition, began, time.monotonic(), "ok")
            began = time.monotonic()
            # Of another host's bytes a read may have a part of the last message.
            *lines, rest = (rest + os.read(fd, CHUNK).decode()).split("\n")
            say("R", partition, began, time.monotonic(), "ok", len(lines), *(line.replace(" ", "/") for line in lines))
            if not lines:
                time.sleep(READ_PAUSE)
        except OSError as error:
            failed("B" if fd is None else "R", partition, began, error)
            # Whatever it was: a handle that may have lost its place is opened again, and goes on where the name left off.
            close(fd)
            fd, rest = None, ""
            time.sleep(ERROR_PAUSE)
    close(fd)


def use(topic):
    partitions = partitions_of(topic)
    for partition in partitions:
        threading.Thread(target=tail, args=(partition,), daemon=True).start()
    users = [threading.Thread(target=write, args=(topic, partitions)), threading.Thread(target=read, args=(topic, partitions))]
    users += [threading.Thread(target=follow_by_cursor, args=(partition,)) for partition in partitions[:1] if topic.startswith(cursors)]
    users += [threading.Thread(target=poll, args=(partition,)) for partition in partitions]
    for user in users:
        user.start()
    return users


users = [user for topic in topics for user in use(topic)]
for line in sys.stdin:
    if line == "stop\n":
        stopping.set()
        for user in users:
            user.join()
        say("E")
os._exit(0)
