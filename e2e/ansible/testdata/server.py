# Answers as an API server that is ready does. In: address, port, and the name to run under.
import http.server
import ssl
import sys

with open("/proc/self/comm", "w", encoding="utf-8") as f:
    f.write(sys.argv[3])


class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/usr/lib/stub/server.pem")
server = http.server.HTTPServer((sys.argv[1], int(sys.argv[2])), Ready)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
