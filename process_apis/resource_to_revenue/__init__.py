"""Resource-to-revenue: who is needed, who is free, who is booked, and what that will earn."""
