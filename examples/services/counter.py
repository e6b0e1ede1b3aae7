"""A server that counts its questions."""
import http.server
import sys


class Counter(http.server.BaseHTTPRequestHandler):
    asked = 0

    def do_GET(self):
        Counter.asked += 1
        body = b"%d\n" % Counter.asked
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Counter)
print("counting on", sys.argv[1], flush=True)
server.serve_forever()
