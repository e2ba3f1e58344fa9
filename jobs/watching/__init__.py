"""How hugops hears of what happens on the Hub."""
