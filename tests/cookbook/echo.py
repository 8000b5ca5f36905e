# An echo over WebSocket (RFC 6455): short text frames of a client come back as they are.
import base64, hashlib, socket, threading

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def exactly(stream, count):
    data = stream.read(count)
    if len(data) < count:
        raise EOFError
    return data


def serve(connection):
    stream = connection.makefile("rb")
    try:
        key = b""
        while (line := stream.readline().strip()):
            if line.lower().startswith(b"sec-websocket-key:"):
                key = line.split(b":", 1)[1].strip()
        accept = base64.b64encode(hashlib.sha1(key + MAGIC).digest())
        head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        connection.sendall(head + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
        while True:
            first, second = exactly(stream, 2)
            mask = exactly(stream, 4)
            data = bytes(b ^ mask[i % 4] for i, b in enumerate(exactly(stream, second & 127)))
            connection.sendall(bytes([first, len(data)]) + data)
            if first & 15 == 8:
                return
    except (EOFError, OSError):
        pass
    finally:
        connection.close()


listener = socket.create_server(("127.0.0.1", 0))
print("127.0.0.1:%d" % listener.getsockname()[1])
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
