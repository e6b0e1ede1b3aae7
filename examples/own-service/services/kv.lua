-- A service module of the project's own: kv.py, a key-value store over HTTP.  `plugin = "kv"` in a
-- test file of this project means this one.
return {
  summary = "The project's key-value store.",
  package = "python3",
  needs = { "python3" },
  options = {
    port = { type = "integer", default = 9100, min = 1024, max = 65535, doc = "where it listens" },
    token = { type = "text", secret = true, doc = "what writers must send; none unless set" },
  },
  spec = function(o)
    return {
      command = { "python3", "/project/kv.py", tostring(o.port) },
      env = { KV_TOKEN = o.token },
      ports = { o.port },
      wait = { http = "/", status = 200 },
    }
  end,
}
