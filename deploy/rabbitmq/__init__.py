"""RabbitMQ as Congdongso wants it: `rabbitmq.conf`, and the definitions that the node loads at each boot."""
