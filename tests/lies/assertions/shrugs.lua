return { check = function() return "yes" end }
