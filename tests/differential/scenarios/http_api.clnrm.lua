-- The API of Lua tests: a server in the room, its port, a page of it.
local clnrm = require("clnrm")
local expect = clnrm.expect

local SERVER = [[
import http.server
class Echo(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201)
        self.send_header("X-Kind", "echo")
        self.end_headers()
        self.wfile.write(body[::-1])
    def log_message(self, *words):
        pass
http.server.HTTPServer(("127.0.0.1", 9000), Echo).serve_forever()
]]

clnrm.test("a server in the room", function(t)
  local room = t:open({ files = { ["server.py"] = SERVER } })
  local server = room:start({ "python3", "-I", "-S", "server.py" })
  room:wait({ port = 9000 })
  local answer = clnrm.http.request(room, { method = "POST",
    url = "http://localhost:9000/x", body = "abc" })
  expect(answer.status):equals(201)
  expect(answer.body):equals("cba")
  server:kill()
  expect(server:wait().signal):equals(9)
  room:start("echo late > late")
  room:wait({ file = "late" })
  room:wait({ cmd = "test -s late" })
end)
