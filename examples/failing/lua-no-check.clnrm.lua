-- It does a lot and checks nothing: no evidence, no pass.
local clnrm = require("clnrm")

clnrm.test("build and install", function(t)
  t.room:exec("mkdir -p out && echo done > out/log")
  t.room:get("out/log")
end)
