-- nginx from Lua: a table of requests, each with the status and the type that it must get.
local clnrm = require("clnrm")
local expect = clnrm.expect

local requests = {
  { name = "front page", path = "/", status = 200, type = "text/html; charset=utf-8" },
  { name = "own location", path = "/teapot", status = 418, type = "application/octet-stream" },
  { name = "missing", path = "/missing", status = 404, type = "text/html; charset=utf-8" },
}

clnrm.test("nginx answers", { tags = { "service", "nginx" }, cases = requests }, function(t, case)
  local room = t:open({
    services = {
      web = clnrm.service.nginx({
        root = "/project/site",
        locations = { ["= /teapot"] = 'return 418 "short and stout";' },
      }),
    },
  })
  local format = "%{http_code} %{content_type}"
  local curl = { "curl", "-sS", "-o", "/dev/null", "-w", format, "http://web:8080" .. case.path }
  local result = room:exec(curl, { check = true })
  expect(result.stdout):equals(case.status .. " " .. case.type)
end)
