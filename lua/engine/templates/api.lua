--- The kind `api` of `clnrm template`: an HTTP API as a service, asked by curl.
---@type engine.templates.Kind
return {
  about = "an HTTP API as a service, asked by curl",
  needs = "python3, curl",
  text = [==[
# An HTTP API as a service: started for each scenario, ready when /health answers.  Put your own
# program in the place of `server.py`.
[meta]
name = %NAME%
tags = ["service", "api"]

[services.api]
command = ["python3", "server.py"]
ports = ["8080"]
wait = { http = "/health", status = 200, timeout = "10s" }

[[services.api.files]]
path = "server.py"
content = '''
import http.server, json

class Api(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        known = {"/health": {"status": "ok"}, "/users/1": {"id": 1, "name": "ada"}}
        body = known.get(self.path)
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body or {"error": "not found"}).encode())

http.server.HTTPServer(("", 8080), Api).serve_forever()
'''

[[steps]]
name = "a user as JSON"
command = ["curl", "-sS", "--fail", "http://api:8080/users/1"]
expect.stdout.json = { "$.id" = 1, "$.name" = "ada" }

[[steps]]
name = "what is not there is 404"
command = ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "http://api:8080/users/2"]
expect.stdout.equals = "404"
]==],
}
