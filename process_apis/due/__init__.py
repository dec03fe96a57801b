"""What falls due as time goes by, with nobody asking: dates, months, reminders, forecasts."""
