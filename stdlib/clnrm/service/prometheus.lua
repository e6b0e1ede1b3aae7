--- Prometheus: itself and the services that are named are scraped; nothing is kept.
local json = require("core.json")

local M = {
  summary = "Prometheus: scrapes itself and the services that are named, empty at the start.",
  package = "prometheus",
  needs = { "prometheus" },
  image = "docker.io/prom/prometheus:v2.53.0",
  data = { "/prometheus" },
  ready = "`GET /-/ready` is answered with 200; with `scraped`, when everything is up",
  steps = "`PROMETHEUS_URL`: `curl \"$PROMETHEUS_URL/api/v1/query?query=up\"` just works",
}

M.options = {
  port = { type = "integer", default = 9090, min = 1024, max = 65535, doc = "where it listens" },
  targets = {
    type = "table",
    doc = 'what is scraped besides itself, by the name of its job: app = "app:8000"',
  },
  interval = { type = "duration", default = "1s", doc = "time between two scrapes" },
  scraped = {
    type = "boolean",
    default = false,
    doc = "it is ready when it has scraped itself and all `targets`, which takes 5 s or more",
  },
  rules = { type = "text", doc = "recording and alerting rules, a file of `groups:`" },
}

--- Where an image keeps its files.
M.FOLDER = "/etc/prometheus"

local function spec_of(o, dir, data, address)
  local interval = o.interval .. "ms"
  local jobs = { { job_name = "prometheus",
    static_configs = { { targets = { "localhost:" .. o.port } } } } }
  local names = {}
  for name in pairs(o.targets or {}) do
    names[#names + 1] = name
  end
  table.sort(names)
  for i, name in ipairs(names) do
    jobs[i + 1] = { job_name = name, static_configs = { { targets = { o.targets[name] } } } }
  end
  local config = {
    global = { scrape_interval = interval, evaluation_interval = interval },
    scrape_configs = jobs,
    rule_files = o.rules and { dir .. "/rules.yml" } or nil,
  }
  local files = { { path = dir .. "/prometheus.yml", content = json.encode(config) .. "\n" } }
  if o.rules then
    files[2] = { path = dir .. "/rules.yml", content = o.rules }
  end
  return {
    command = {
      "--config.file=" .. files[1].path, "--storage.tsdb.path=" .. data,
      "--web.listen-address=" .. address .. ":" .. o.port,
    },
    ports = { o.port },
    files = files,
    step_env = { PROMETHEUS_URL = "http://127.0.0.1:" .. o.port },
    wait = o.scraped and {
      http = "/api/v1/query?query=count(up==1)",
      body = (',"%d"]'):format(#jobs),
    } or { http = "/-/ready" },
  }
end

--- Returns the service over the programs of this machine.
---@param o table the options, and `dir`
---@return table spec
function M.spec(o)
  local spec = spec_of(o, o.dir, o.dir .. "/data", "127.0.0.1")
  table.insert(spec.command, 1, "prometheus")
  return spec
end

--- Returns the service over an image: what it starts by itself takes the arguments.
---@param o table the options
---@return table spec
function M.in_image(o)
  return spec_of(o, M.FOLDER, M.data[1], "")
end

return M
