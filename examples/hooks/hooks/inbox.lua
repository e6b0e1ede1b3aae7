-- One function for each hook that names this file.
local clnrm = require("clnrm")

return {
  before_each = function(t)
    for number, name in ipairs({ "ann", "bob" }) do
      t.room:put("/room/inbox/" .. number, "to " .. name .. "\n")
    end
    t.mails = 2 -- kept for after_each
  end,
  after_each = function(t)
    local names = t.room:exec("ls /room/inbox", { check = true }).stdout
    local _, count = names:gsub("\n", "")
    clnrm.expect(count):equals(t.mails)
  end,
}
